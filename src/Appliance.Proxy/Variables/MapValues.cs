namespace Appliance.Proxy.Variables;

/// <summary>
/// The values that header maps give a request, as variables see them. Maps are made of templates, and so stand above them.
/// </summary>
public abstract class MapValues
{
    /// <summary>No maps: every value is empty.</summary>
    public static MapValues None { get; } = new NoMaps();

    /// <summary>
    /// The value of the map called <paramref name="name"/> (without <c>$</c>) for this request; empty when there is no such map.
    /// </summary>
    public abstract string Value(string name, RequestFacts facts);

    /// <summary>
    /// True for a map that reads the answer, itself or by another map: it has a value of its own for each moment, and none is kept.
    /// </summary>
    public virtual bool ReadsAnswer(string name) => false;

    private sealed class NoMaps : MapValues
    {
        public override string Value(string name, RequestFacts facts) => "";
    }
}
