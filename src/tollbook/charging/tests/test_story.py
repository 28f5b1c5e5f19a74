def test_story(world):
    world.meter("sms")
    world.plan("cloud", world.monthly("49.00"), world.metered("sms", "0.0043"))
    acme = world.customer("acme").buys("cloud").uses("sms", 1500, on="2026-05-03")
    world.on("2026-06-01").close()
    assert acme.charges == [("fee", "1", "49"), ("sms", "1500", "6.45")]
    assert acme.totals == ["68.2"]
