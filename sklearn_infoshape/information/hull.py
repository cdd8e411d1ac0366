"""The upper concave hull of points in a plane: what coins between releases attain."""

__all__ = ["upper_hull"]


def upper_hull(points):
    """Corners of the least concave curve above some points.

    Parameters
    ----------
    points : iterable of (float, float)
        (leakage, utility), say.

    Returns
    -------
    list of (float, float)
        From the least to the greatest first coordinate.

    Examples
    --------
    >>> from sklearn_infoshape.information.hull import upper_hull
    >>> upper_hull([(0.0, 0.0), (0.25, 0.75), (0.5, 0.5), (1.0, 1.0)])
    [(0.0, 0.0), (0.25, 0.75), (1.0, 1.0)]
    """
    best: dict = {}
    for first, second in points:
        best[float(first)] = max(float(second), best.get(float(first), -float("inf")))
    hull: list = []
    for corner in sorted(best.items()):
        while len(hull) > 1 and not _turns_right(hull[-2], hull[-1], corner):
            hull.pop()
        hull.append(corner)
    return hull


def _turns_right(first, second, third):
    (x1, u1), (x2, u2), (x3, u3) = first, second, third
    return (u2 - u1) * (x3 - x2) > (u3 - u2) * (x2 - x1)
