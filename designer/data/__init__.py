"""The data recipe: where samples come from and how they are parted and prepared."""
