drop table file_chunks;
drop table files;
