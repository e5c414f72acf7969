select topic, offset, key, bytes, reason from footfall.dead_letters
