"""Import of real data from a folder of CSV files (ecosystem 4.4, reliability 4.3).

    plan = plan_import(backend, folder, "wwi")            # a dry run: reads, checks, writes nothing
    for problem in plan.problems: ...                     # file, row, column, value, code, params
    if plan.ok:
        done = backend.run(import_documents(plan), once=str(uuid4()), progress=progress)
        done.result["tallies"]                            # {"sales": [new, updated, unchanged], …}

A folder holds Backroom's own templates (``templates``) unless a ``mapping`` says how a foreign
set of files is read (``mapping.shipped()`` lists those that come with the program; a path to a
TOML file names one's own). An External ID makes a second import update instead of double.
"""

from .importing import import_documents, plan_import

__all__ = ["import_documents", "plan_import"]
