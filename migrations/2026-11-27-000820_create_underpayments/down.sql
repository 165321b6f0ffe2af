drop table underpayments;
