"""Pictures worked out by the real thing: modules, schedulers, optimizers. Loads PyTorch."""
