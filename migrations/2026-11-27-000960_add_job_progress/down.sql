alter table jobs drop column done, drop column total;
