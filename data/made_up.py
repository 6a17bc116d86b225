"""Writes visits.csv, demand.csv, claims.csv, seeds.csv and rooms.csv, the made-up tables of the how-to pages: python data/made_up.py. The standard library only."""

import datetime
import math
import pathlib
import random

HERE = pathlib.Path(__file__).resolve().parent


def visits():
    """40 patients, 6 visits each: blood pressure falls with the dose and levels off; patients differ; body mass is sometimes missing."""
    draw = random.Random(7)
    start = datetime.date(2023, 1, 9)
    rows = ["patient,date,age,sex,dose,body_mass,readings,pressure"]
    for patient in range(40):
        own, age, sex = draw.gauss(0, 6), draw.randint(30, 75), draw.choice("fm")
        kilograms = draw.gauss(78, 12)
        for visit in range(6):
            date = start + datetime.timedelta(days=28 * visit + draw.randrange(14))
            dose, readings = draw.choice([0, 5, 10, 20, 40, 80]), draw.randint(1, 8)
            level = 128 + own + 0.45 * (age - 50) + 0.25 * (kilograms - 78) - 22 * (1 - math.exp(-dose / 12))
            pressure = level + draw.gauss(0, 9 / math.sqrt(readings))
            body_mass = "NA" if draw.random() < 0.15 else f"{kilograms + draw.gauss(0, 0.8):.1f}"
            rows.append(f"P{patient + 1:02},{date},{age},{sex},{dose},{body_mass},{readings},{pressure:.1f}")
    return rows


def demand():
    """Two years of days: demand for electricity rises with the distance from 17 degrees, falls on Sundays, and has a trend."""
    draw = random.Random(11)
    rows = ["date,temperature,wind,holiday,demand"]
    for day in range(730):
        date = datetime.date(2022, 1, 1) + datetime.timedelta(days=day)
        temperature = 11 - 10 * math.cos(2 * math.pi * (day - 15) / 365.25) + draw.gauss(0, 3)
        wind, holiday = draw.gammavariate(3, 1.5), draw.random() < 0.03 or date.weekday() == 6
        load = 410 + 0.03 * day + 2.2 * abs(temperature - 17) ** 1.2 - 45 * holiday + draw.gauss(0, 9)
        rows.append(f"{date},{temperature:.1f},{wind:.1f},{'yes' if holiday else 'no'},{load:.1f}")
    return rows


def claims():
    """A portfolio of policies: claims are proportional to the years insured, and young and old drivers have more of them."""
    draw = random.Random(23)
    rows = ["age,power,region,years,claims"]
    for _ in range(1200):
        age, power, region = draw.randint(18, 85), draw.randint(40, 200), draw.choice(["city", "city", "town", "village"])
        years = 1.0 if draw.random() < 0.4 else round(draw.uniform(0.1, 3), 2)
        rate = math.exp(-1.9 + 0.0005 * (age - 48) ** 2 + 0.003 * (power - 100) + {"city": 0.5, "town": 0.2, "village": 0}[region])
        count, left = 0, rate * years - draw.expovariate(1)
        while left > 0:
            count, left = count + 1, left - draw.expovariate(1)
        rows.append(f"{age},{power},{region},{years:g},{count}")
    return rows


def seeds():
    """Pots of seeds: most sprout at 22 degrees in moist soil, fewer of them in old lots."""
    draw = random.Random(31)
    rows = ["temperature,moisture,age,soil,sown,sprouted"]
    for _ in range(240):
        temperature, moisture, age = draw.uniform(8, 34), draw.uniform(0.1, 0.6), draw.randint(0, 6)
        soil, sown = draw.choice(["loam", "loam", "sand", "clay"]), draw.choice([6, 10, 12, 20, 24])
        odds = 1.2 - 0.016 * (temperature - 22) ** 2 + 3 * (moisture - 0.35) - 0.25 * (age - 2) + {"loam": 0.3, "sand": 0, "clay": -0.3}[soil]
        share = 1 / (1 + math.exp(-odds))
        sprouted = sum(draw.random() < share for _ in range(sown))
        rows.append(f"{temperature:.1f},{moisture:.2f},{age},{soil},{sown},{sprouted}")
    return rows


def rooms():
    """Rooms that people judged: most comfortable at 22 degrees, less so the drier and the louder they are."""
    draw = random.Random(41)
    rows = ["temperature,humidity,noise,glazing,comfort"]
    for _ in range(300):
        temperature, humidity, noise = draw.uniform(15, 30), draw.uniform(20, 60), draw.uniform(28, 62)
        glazing = draw.choice(["single", "double", "double", "triple"])
        level = 1.1 - 0.05 * (temperature - 22) ** 2 + 0.03 * (humidity - 40) - 0.07 * (noise - 45)
        level += {"single": -0.5, "double": 0, "triple": 0.4}[glazing]
        chance = draw.random()
        level += math.log(chance / (1 - chance))
        rows.append(f"{temperature:.1f},{humidity:.0f},{noise:.0f},{glazing},{['poor', 'fair', 'good', 'best'][sum(level > limit for limit in (-1.5, 0, 1.5))]}")
    return rows


tables = {"visits": visits(), "demand": demand(), "claims": claims(), "seeds": seeds(), "rooms": rooms()}
for name, rows in tables.items():
    (HERE / f"{name}.csv").write_text("\n".join(rows) + "\n")
