"""The dock Debug: the tensors of one step, and where a run rests."""
