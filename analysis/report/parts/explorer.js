"use strict";
// Reweights the embedded draws to another prior of c and mixes the strata's survival anew: weights and sums only.
(function () {
  const LEAST = 60;
  const data = JSON.parse(document.getElementById("explorer-data").textContent);

  function logDensity(c, mu, sd, rho) {
    // Normal with equal correlation rho between the K shifts, up to a constant that is common to all draws.
    const k = c.length, z = c.map((v) => (v - mu) / sd);
    const sum = z.reduce((a, b) => a + b, 0), squares = z.reduce((a, b) => a + b * b, 0);
    return -0.5 * (squares - (rho / (1 + (k - 1) * rho)) * sum * sum) / (1 - rho) - k * Math.log(sd);
  }

  function quantile(values, weights, p) {
    const order = values.map((v, i) => i).sort((a, b) => values[a] - values[b]);
    let total = 0;
    for (const i of order) { total += weights[i]; if (total >= p) return values[i]; }
    return values[order[order.length - 1]];
  }

  function mixed(panel, arm, draw, share, t) {
    let s = 0;
    for (let k = 0; k < 4; k++) s += share[k] * panel[arm][draw][k][t];
    return s;
  }

  function path(times, values, end) {
    return values.map((v, i) => (i ? "L" : "M") + (40 + 300 * times[i] / end).toFixed(1) + " " + (10 + 180 * (1 - v)).toFixed(1)).join("");
  }

  function update(box, panel) {
    const read = (name) => parseFloat(box.querySelector(`[data-control=${name}]`).value);
    const mu = Math.log(read("mean")), sd = read("sd"), liver = read("liver") / 100, pdl1 = read("pdl1") / 100;
    const logs = panel.c.map((c) => logDensity(c, mu, sd, panel.correlation) - logDensity(c, panel.mu, panel.sd, panel.correlation));
    const top = Math.max(...logs), raw = logs.map((l) => Math.exp(l - top)), total = raw.reduce((a, b) => a + b, 0);
    const w = raw.map((v) => v / total), effective = 1 / w.reduce((a, b) => a + b * b, 0);
    const show = (name, text) => { box.querySelector(`[data-out=${name}]`).textContent = text; };
    show("mean", read("mean").toFixed(2)); show("sd", sd.toFixed(2)); show("liver", (100 * liver).toFixed(0) + " %"); show("pdl1", (100 * pdl1).toFixed(0) + " %");
    show("effective", effective.toFixed(0) + " of " + w.length);
    if (effective < LEAST) {
      show("ratio", "not shown: too few of the draws lie under this prior; run crosstrial with --c-prior"); show("benefit", "-");
      box.querySelectorAll("path[data-arm]").forEach((p) => p.setAttribute("d", ""));
      return;
    }
    const ratio = panel.delta.map(Math.exp);
    show("ratio", [0.5, 0.025, 0.975].map((p) => quantile(ratio, w, p).toFixed(2)).join(" / ") + ` under c ~ N(log ${read("mean").toFixed(2)}, ${sd.toFixed(2)})`);
    show("benefit", w.reduce((a, v, i) => a + (panel.delta[i] < 0 ? v : 0), 0).toFixed(2));
    const share = [(1 - liver) * (1 - pdl1), (1 - liver) * pdl1, liver * (1 - pdl1), liver * pdl1];
    const end = panel.times[panel.times.length - 1];
    for (const arm of ["triple", "comparator"]) {
      const line = panel.times.map((_, t) => w.reduce((a, v, d) => a + v * mixed(panel, arm, d, share, t), 0));
      box.querySelector(`path[data-arm=${arm}]`).setAttribute("d", path(panel.times, line, end));
    }
  }

  for (const panel of data) {
    const box = document.getElementById("explorer-" + panel.endpoint);
    box.querySelectorAll("input").forEach((input) => input.addEventListener("input", () => update(box, panel)));
    update(box, panel);
  }
})();
