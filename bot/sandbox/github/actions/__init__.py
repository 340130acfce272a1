"""GitHub Actions, simulated: workflow files are read, dispatched runs are played, other systems answer.

`workflow_file` reads a file, `inputs` decides what a dispatch may bring, `records` are what is remembered,
`play` is the machine with due times, `following` is how other Apps answer deployments, `ticking` is the task
that the HTTP shell lets play. Nothing here runs a step: a run only goes the way that its behaviour says.
"""
