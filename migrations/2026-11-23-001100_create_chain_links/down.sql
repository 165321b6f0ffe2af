drop table chain_links;
