"""Our own functions and modules that torch does not have; each stands alone and can be carried."""
