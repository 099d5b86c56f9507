"use strict";
// Reweights the embedded draws to another prior of c and mixes the strata's survival anew: weights and sums only.
(function () {
  const LEAST = 60;
  const LIMITS = [0.5, 0.025, 0.975];
  const data = JSON.parse(document.getElementById("explorer-data").textContent);

  function logDensity(c, mu, sd, rho) {
    // Normal with equal correlation rho between the K shifts, up to a constant that is common to all draws.
    const k = c.length, z = c.map((v) => (v - mu) / sd);
    const sum = z.reduce((a, b) => a + b, 0), squares = z.reduce((a, b) => a + b * b, 0);
    return -0.5 * (squares - (rho / (1 + (k - 1) * rho)) * sum * sum) / (1 - rho) - k * Math.log(sd);
  }

  function weights(panel, mu, sd) {
    const logs = panel.c.map((c) => logDensity(c, mu, sd, panel.correlation) - logDensity(c, panel.mu, panel.sd, panel.correlation));
    const top = Math.max(...logs), raw = logs.map((l) => Math.exp(l - top)), total = raw.reduce((a, b) => a + b, 0);
    return raw.map((v) => v / total);
  }

  function quantiles(values, w, levels) {
    const order = values.map((v, i) => i).sort((a, b) => values[a] - values[b]);
    return levels.map((level) => {
      let total = 0;
      for (const i of order) { total += w[i]; if (total >= level) return values[i]; }
      return values[order[order.length - 1]];
    });
  }

  const weighed = (values, w, good) => values.reduce((a, v, i) => a + (good(v) ? w[i] : 0), 0).toFixed(2);

  function interval(values, w) {
    const [median, lower, upper] = quantiles(values, w, LIMITS).map((v) => v.toFixed(2));
    return `${median} (${lower} to ${upper})`;
  }

  function error(values, w, effective) {
    // Monte Carlo standard error of a weighted median, as of a normal: 1.25 sd / root of the effective draws.
    const mean = values.reduce((a, v, i) => a + w[i] * v, 0);
    return 1.25 * Math.sqrt(values.reduce((a, v, i) => a + w[i] * (v - mean) ** 2, 0) / effective);
  }

  function curves(panel, arm, share) {
    // (draw, time) survival of the mix.
    return panel[arm].map((strata) => panel.times.map((_, t) => strata.reduce((a, s, k) => a + share[k] * s[t], 0) / panel.scale));
  }

  function area(times, curve, tau) {
    let sum = 0;
    for (let t = 1; t < times.length && times[t] <= tau; t++) sum += (times[t] - times[t - 1]) * (curve[t] + curve[t - 1]) / 2;
    return sum;
  }

  function line(times, values) {
    const end = times[times.length - 1];
    return values.map((v, i) => (40 + 300 * times[i] / end).toFixed(1) + " " + (10 + 180 * (1 - v)).toFixed(1)).join("L");
  }

  function draw(box, panel, arm, drawn, w) {
    const band = panel.times.map((_, t) => quantiles(drawn.map((curve) => curve[t]), w, LIMITS));
    const upper = line(panel.times, band.map((b) => b[2]));
    const lower = line(panel.times, band.map((b) => b[1])).split("L").reverse().join("L");
    box.querySelector(`path[data-arm=${arm}]`).setAttribute("d", "M" + line(panel.times, band.map((b) => b[0])));
    box.querySelector(`path[data-band=${arm}]`).setAttribute("d", `M${upper}L${lower}Z`);
  }

  function update(box, panel) {
    const control = (name) => box.querySelector(`[data-control=${name}]`);
    const show = (name, text) => { box.querySelector(`[data-out=${name}]`).textContent = text; };
    // A covariate that is not in the question has no slider.
    const part = (name) => {
      if (!control(name)) return panel[name];
      show(name, parseFloat(control(name).value).toFixed(1) + " %");
      return parseFloat(control(name).value) / 100;
    };
    const mean = parseFloat(control("mean").value), sd = parseFloat(control("sd").value), liver = part("liver"), pdl1 = part("pdl1");
    show("mean", mean.toFixed(2)); show("sd", sd.toFixed(2));
    show("prior", `c ~ N(log ${mean.toFixed(2)}, ${sd.toFixed(2)})`);
    const own = panel.rungs.find((rung) => rung.mean.toFixed(2) === mean.toFixed(2) && rung.sd.toFixed(2) === sd.toFixed(2));
    box.querySelectorAll("button").forEach((button) => button.setAttribute("aria-pressed", String(Boolean(own) && button.dataset.rung === own.id)));
    show("table", own ? `The run's tables under this prior (${own.id}), primary mix: ${own.ratio}, P(benefit) ${own.benefit}; difference in restricted means ${own.rmst}.` : "The run's tables have no line of this prior.");
    const w = weights(panel, Math.log(mean), sd), effective = 1 / w.reduce((a, b) => a + b * b, 0);
    show("effective", effective.toFixed(0) + " of " + w.length);
    const ratio = panel.delta.map(Math.exp);
    show("trust", effective < LEAST ? "too few: run crosstrial with --c-prior instead" : `Monte Carlo error of exp(Delta) about ${error(ratio, w, effective).toFixed(2)}`);
    if (effective < LEAST) {
      show("ratio", "not shown: too few of the draws lie under this prior");
      for (const name of ["benefit", "mixed", "mixed-benefit", "rmst", "rmst-benefit"]) show(name, "-");
      box.querySelectorAll("path").forEach((path) => path.setAttribute("d", ""));
      return;
    }
    const share = [(1 - liver) * (1 - pdl1), (1 - liver) * pdl1, liver * (1 - pdl1), liver * pdl1];
    const triple = curves(panel, "triple", share), comparator = curves(panel, "comparator", share);
    const at = panel.times.indexOf(panel.tau);
    const mixed = triple.map((curve, d) => Math.log(curve[at]) / Math.log(comparator[d][at]));
    const gained = triple.map((curve, d) => area(panel.times, curve, panel.tau) - area(panel.times, comparator[d], panel.tau));
    show("ratio", interval(ratio, w)); show("benefit", weighed(ratio, w, (v) => v < 1));
    show("mixed", interval(mixed, w)); show("mixed-benefit", weighed(mixed, w, (v) => v < 1));
    show("rmst", interval(gained, w)); show("rmst-benefit", weighed(gained, w, (v) => v > 0));
    draw(box, panel, "triple", triple, w);
    draw(box, panel, "comparator", comparator, w);
  }

  for (const panel of data) {
    const box = document.getElementById("explorer-" + panel.endpoint);
    box.querySelectorAll("input").forEach((control) => control.addEventListener("input", () => update(box, panel)));
    box.querySelectorAll("button").forEach((button) => button.addEventListener("click", () => {
      const rung = panel.rungs.find((item) => item.id === button.dataset.rung);
      const start = { mean: rung.mean, sd: rung.sd, liver: 100 * panel.liver, pdl1: 100 * panel.pdl1 };
      box.querySelectorAll("input").forEach((control) => { control.value = start[control.dataset.control]; });
      update(box, panel);
    }));
    update(box, panel);
  }
})();
