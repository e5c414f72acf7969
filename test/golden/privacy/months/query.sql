select * from footfall.privacy(site = 'shop')
