"""Help for every entry: its page as data, its pictures, the search, and the site made of them."""
