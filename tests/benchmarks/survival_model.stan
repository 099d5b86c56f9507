// The base survival model (models/survival.py) for one set of patients, with its parameters and priors by name.
// Rows are cells of the time grid, or patients of weight 1; strata: (no liver, liver) x (PD-L1 low, high).
data {
  int<lower=1> A, J, K, E, M, R, U, P, S;       // arms, trials, single-arm trials, effects, knots, rows, ...
  array[A] matrix[4, E] design;
  matrix[A, J] trial, ici_trial;
  matrix[A, K] single_arm;
  array[R] int<lower=1> arm, interval;
  array[R] int<lower=0, upper=1> event;
  vector[R] time, weight;
  vector[M + 1] left;                           // where each interval of the baseline begins
  vector[E] effect_mean, effect_sd;
  vector[2] spread_sd, log_h0_prior, liver_prior;
  real rw_prior, e_prior, c_mean, c_sd, c_correlation;
  vector[J] liver_known, pdl1_default;
  matrix[J, U] liver_unknown;                   // trials whose liver share is a parameter
  matrix[J, P] pdl1_source;                     // trials whose PD-L1 share is one
  array[P] int high, tested;
  matrix[P, S] assay;                           // inexact assays
  vector[P] exact;
  matrix[S, 2] sensitivity_prior, specificity_prior;
}
transformed data {
  array[R] int term;                            // weight of a censoring, or of an event
  for (r in 1:R) term[r] = arm[r] + A * event[r];
}
parameters {
  real<lower=0> rw_sd;
  real log_h0_first;
  vector[M] rw_step;
  vector[E] effects;
  vector<lower=0>[2] tau;
  matrix[2, J] shift_z;
  vector[K + 1] c_z;
  vector[K] e_sat;
  vector<lower=0, upper=1>[U] liver_share;
  vector<lower=0, upper=1>[P] pdl1_share;
  vector<lower=0, upper=1>[S] sensitivity, specificity;
}
transformed parameters {
  vector[M + 1] log_h0 = log_h0_first + append_row(0, cumulative_sum(rw_step));
  matrix[2, J] shift = diag_pre_multiply(tau, shift_z);
  vector[K] c_sat = c_mean + c_sd * (sqrt(c_correlation) * c_z[1] + sqrt(1 - c_correlation) * c_z[2:]);
  real Delta = effects[E - 1] + effects[E];
  matrix[A, 4] proportion;
  {
    vector[J] liver = liver_known + liver_unknown * liver_share;
    vector[J] pdl1 = fmin(fmax(pdl1_default + pdl1_source * pdl1_share, 1e-6), 1 - 1e-6);
    matrix[J, 4] strata = [[0, 0, 0, 0]][rep_array(1, J), ];
    strata[, 1] = (1 - liver) .* (1 - pdl1);
    strata[, 2] = (1 - liver) .* pdl1;
    strata[, 3] = liver .* (1 - pdl1);
    strata[, 4] = liver .* pdl1;
    proportion = trial * strata;
  }
}
model {
  rw_sd ~ normal(0, rw_prior);
  log_h0_first ~ normal(log_h0_prior[1], log_h0_prior[2]);
  rw_step ~ normal(0, rw_sd);
  effects ~ normal(effect_mean, effect_sd);
  tau ~ normal(0, spread_sd);
  to_vector(shift_z) ~ std_normal();
  c_z ~ std_normal();
  e_sat ~ normal(0, e_prior);
  liver_share ~ beta(liver_prior[1], liver_prior[2]);
  sensitivity ~ beta(sensitivity_prior[, 1], sensitivity_prior[, 2]);
  specificity ~ beta(specificity_prior[, 1], specificity_prior[, 2]);
  high ~ binomial(tested, (exact + assay * sensitivity) .* pdl1_share
                          + (1 - exact - assay * specificity) .* (1 - pdl1_share));

  vector[A] departure = trial * shift[1]' + ici_trial * shift[2]' + single_arm * (c_sat + e_sat);
  matrix[A, 4] ratio;
  for (a in 1:A) ratio[a] = exp(design[a] * effects + departure[a])';
  vector[A] least;
  for (a in 1:A) least[a] = min(ratio[a]);
  vector[M + 1] hazard = exp(log_h0);
  vector[M + 1] reached;                        // cumulative hazard where each interval begins
  reached[1] = 0;
  for (m in 1:M) reached[m + 1] = reached[m] + hazard[m] * (left[m + 1] - left[m]);
  vector[R] cumulative = reached[interval] + hazard[interval] .* (time - left[interval]);
  matrix[2 * A, 4] weights = append_row(proportion, proportion .* ratio);
  matrix[A, 4] excess = ratio - rep_matrix(least, 4);
  vector[R] total = rows_dot_product(weights[term], exp(-rep_matrix(cumulative, 4) .* excess[arm]));
  target += dot_product(weight, to_vector(event) .* log_h0[interval] - cumulative .* least[arm] + log(total));
}
