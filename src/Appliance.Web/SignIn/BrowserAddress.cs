using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;

namespace Appliance.Web.SignIn;

/// <summary>
/// The address of a person's browser, for the audit. It travels with the principal, because an open page knows its person but not the
/// request with which it began. It is not in the cookie, because a session may move to another network.
/// </summary>
internal sealed class BrowserAddress(IHttpContextAccessor http) : IClaimsTransformation
{
    private const string ClaimName = "from";
    private const string Unknown = "unknown";

    /// <summary>The address from which this request came.</summary>
    public static string Of(HttpContext context) => context.Connection.RemoteIpAddress is { } address ? Text(address) : Unknown;

    /// <summary>The address from which this person opened the page, or came back to it.</summary>
    public static string Of(ClaimsPrincipal person) => person.FindFirstValue(ClaimName) ?? Unknown;

    /// <summary>The same as a claim, for another principal of the same page.</summary>
    public static Claim ClaimOf(ClaimsPrincipal person) => new(ClaimName, Of(person));

    /// <inheritdoc/>
    public Task<ClaimsPrincipal> TransformAsync(ClaimsPrincipal principal)
    {
        if (http.HttpContext is not { } context)
            return Task.FromResult(principal);

        // Asked more than once a request, with the same principal.
        var person = principal.Clone();
        person.AddIdentity(new([new(ClaimName, Of(context))]));
        return Task.FromResult(person);
    }

    private static string Text(IPAddress address) => (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
}
