"""Calcarine's headless core: from a patient's files to a verified plan.

Data flow straight through the sub-packages, each importing only those before it::

    frames, errors -> geometry -> anatomy -> implant -> percept -> tasks -> design -> plan -> study -> cli
"""

import os

# Torch's threads otherwise spin while they wait, and starve whatever else runs: with a second busy program on two
# cores a step of the optimiser took 400 ms instead of 46. OpenMP reads this once, when torch is first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__version__ = "0.1.0"

RESEARCH_NOTICE = "Research use only. Not a medical device; not for clinical decisions."
