alter table claims drop column checked_with;
drop table code_bases;
