drop table code_edition_chunks;
drop table code_editions;
drop function refuse_all_but_undo();
