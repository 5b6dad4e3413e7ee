"""The runs kept beside a project file: found, listed, read, compared, exported, used again.

Importing this loads no torch.
"""

from engine.runs.folders import find_run as find_run
from engine.runs.folders import new_run as new_run
from engine.runs.folders import run_folders as run_folders
from engine.runs.folders import runs_folder as runs_folder
from engine.runs.weights import evaluate_run as evaluate_run
from engine.runs.weights import kept as kept
from engine.runs.weights import project_of as project_of
from engine.runs.weights import store_of as store_of
