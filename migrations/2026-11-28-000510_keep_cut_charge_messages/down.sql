alter table charge_messages drop column not_whole;
