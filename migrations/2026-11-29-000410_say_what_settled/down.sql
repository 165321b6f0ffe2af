alter table remit_exceptions drop column settled_by;
