"""How good a trained network is: its answers on a part of the data, reports, folds, baselines."""
