SELECT seq, pos, cell_id, version, amount, balance_after, floor FROM entry ORDER BY cell_id, version
