using Appliance.Proxy.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Appliance.Proxy.Forwarding;

/// <summary>The response's headers as a target for header rules.</summary>
public readonly struct ResponseLines(IHeaderDictionary headers) : IHeaderLines
{
    /// <inheritdoc/>
    public void Set(string name, string value) => headers[name] = value;

    /// <inheritdoc/>
    public void Append(string name, string value) => headers[name] = StringValues.Concat(headers[name], value);

    /// <inheritdoc/>
    public void Remove(string name) => headers.Remove(name);
}
