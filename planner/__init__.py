"""Calcarine's headless core: from a patient's files to a verified plan.

Data flow straight through the sub-packages, each importing only those before it::

    frames, errors -> geometry -> anatomy -> implant -> percept -> tasks -> design -> plan -> cli
"""

__version__ = "0.1.0"

RESEARCH_NOTICE = "Research use only. Not a medical device; not for clinical decisions."
