"""The tab Training: the settings of a run, and its phases where there are several."""
