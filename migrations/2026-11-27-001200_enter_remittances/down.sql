drop index remittances_by_trace;
alter table remittances drop column entered;
