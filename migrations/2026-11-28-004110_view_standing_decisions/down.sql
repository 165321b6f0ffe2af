drop view standing_decisions;
