"""The health of the pipeline, stage by stage, without a single person."""
