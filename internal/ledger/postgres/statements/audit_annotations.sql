SELECT seq, pos FROM annotation ORDER BY seq, pos
