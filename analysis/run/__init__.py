"""The main job: from an evidence folder to a run folder of posteriors, tables, figures and a report."""
