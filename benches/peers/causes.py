"""Why a model is below its floor or target: told beside its table while it is."""

CAUSES = {}
