drop table charge_lines, encounters, charge_import_problems, charge_imports;
