drop table entries;
drop function refuse_reversal_of_a_reversal();
