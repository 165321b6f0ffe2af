drop table receipt_applications;
drop function receipt_application_fits();
drop table receipts;
