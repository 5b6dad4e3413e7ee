"""How good the trained network is: reports, cross-validation, plain models beside it."""
