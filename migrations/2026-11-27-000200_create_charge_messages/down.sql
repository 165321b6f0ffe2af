drop table charge_messages;
