using System.Collections.Frozen;

namespace Appliance.Proxy.Variables;

/// <summary>The names a template may use besides the built-in ones.</summary>
/// <param name="Maps">Names of header maps, without <c>$</c>.</param>
/// <param name="Captures">Named captures in scope (those of the route's own regexes, or of the map row's).</param>
/// <param name="PositionalCaptures">How many of <c>$1</c>..<c>$9</c> are in scope.</param>
public sealed record VariableNames(FrozenSet<string> Maps, FrozenSet<string> Captures, int PositionalCaptures)
{
    /// <summary>The built-in variables alone, without maps and captures.</summary>
    public static VariableNames BuiltIn { get; } = new([], [], 0);
}
