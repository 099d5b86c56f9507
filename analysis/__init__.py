"""What is asked and answered: scenarios, validation, design, figures, tables, report, command line."""
