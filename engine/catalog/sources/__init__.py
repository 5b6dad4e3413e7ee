"""Where data can come from. Each entry says what its loader returns, where that is known unread."""
