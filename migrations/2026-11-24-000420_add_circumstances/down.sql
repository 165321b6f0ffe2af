alter table encounters drop column circumstances;
