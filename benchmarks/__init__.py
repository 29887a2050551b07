"""What is measured, never as a test: figures depend on the machine.

* ``python -m benchmarks.lists``: queries of lists, filters, selection, preview and details at
  200,000 sales on both engines, beside the budgets of ux 5.1;
* ``python -m benchmarks.screen``: the same from the click to the painted row;
* ``python -m benchmarks.flow``: batch and receipt as ratios to a floor of plain SQL.

Databases are made on first use and kept in ``--folder``; ``--engine sqlite`` needs no server.
"""
