drop index patients_by_birth;
drop index patients_in_order;
alter table patients drop column name_order;
