"""Names of containers: which are allowed, and how one is made up when the user gives none."""

from __future__ import annotations

import random

from hutch.model.errors import Invalid

_FIRST = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_REST = _FIRST | frozenset("_.-")

_ADJECTIVES = (
    "airy amber ample apt azure balmy bold brave breezy brisk bronze calm candid careful cheerful chief clear clever "
    "cloudy cosy crisp curious daring dawn deft dewy drowsy dusky eager earnest early easy elder even fabled fair "
    "fearless fleet fond frank fresh frosty gallant gentle gilded glad golden grand green hardy hasty hazel hearty "
    "honest humble ivory jolly jovial keen kind lively lofty loyal lucid lucky lunar mellow merry mighty mild mossy "
    "neat nimble noble northern olive open patient placid plucky plain polite proud quick quiet rapid ready rosy "
    "rugged rustic sandy serene sharp shiny silent silver sincere smooth snowy sober solar solid spry stable starry "
    "steady sterling stout sturdy sunny swift tawny tender thrifty tidy tranquil trusty upbeat vast velvet verdant "
    "vivid warm wary western wild windy wise witty worthy young zesty"
)

_SURNAMES = (
    "abel agnesi ampere anning archimedes avogadro babbage banach bernoulli bessel bohr boole born bose boyle brahe "
    "cantor carson cartan cauchy cavendish cayley celsius chandra clausius copernicus coulomb crick curie dalton "
    "darwin dedekind descartes dijkstra dirac doppler edison einstein eratosthenes erdos euclid euler faraday fermat "
    "fermi feynman fibonacci fourier franklin frege galileo galois gauss germain gibbs godel goodall haber hadamard "
    "halley hamilton heisenberg helmholtz hermite hertz hilbert hodgkin hooke hopper hubble humboldt huygens hypatia "
    "jacobi joule kelvin kepler kovalevskaya lagrange lamarr laplace lavoisier leibniz linnaeus lorentz lovelace "
    "maxwell mayer mendel mendeleev minkowski napier newton nightingale noether ohm oppenheim pascal pasteur pauli "
    "peano pauling perlman planck poincare poisson ptolemy ramanujan rayleigh riemann ritchie rontgen rubin "
    "rutherford sagan schrodinger shannon snell somerville stokes tesla thales thompson torricelli turing "
    "vesalius volta wallace watt weierstrass weyl wiles wilson wright wu young yukawa"
)

ADJECTIVES = tuple(_ADJECTIVES.split())
SURNAMES = tuple(_SURNAMES.split())


def check(name: str) -> None:
    """Raise Invalid unless ``name`` (a leading slash is allowed) may be a container's name."""
    bare = name.removeprefix("/")
    if len(bare) < 2 or bare[0] not in _FIRST or not _REST.issuperset(bare):
        raise Invalid(f"Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")


def make_up(taken: frozenset[str] | set[str] | dict[str, str], rand: random.Random | None = None) -> str:
    """``adjective_surname``, with a digit more when such a name is taken."""
    source = rand or random.SystemRandom()
    for attempt in range(6):
        name = f"{source.choice(ADJECTIVES)}_{source.choice(SURNAMES)}"
        if attempt:
            name += str(source.randrange(10**attempt))
        if name not in taken:
            return name
    raise Invalid("could not make up a free container name")
