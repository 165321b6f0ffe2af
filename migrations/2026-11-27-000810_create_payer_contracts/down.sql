drop table payer_contracts;
drop extension btree_gist;
