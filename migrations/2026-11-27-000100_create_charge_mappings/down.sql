drop table charge_mappings;
