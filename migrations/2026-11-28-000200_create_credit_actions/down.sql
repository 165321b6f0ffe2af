drop index transfers_of_refunds;
drop table refund_payments;
drop table credit_actions;
