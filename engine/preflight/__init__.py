"""What is looked at before a run, on copies: checks, a forecast, gradients node by node."""
