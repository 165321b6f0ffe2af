drop table remit_carryings;
drop table remit_replacements;
