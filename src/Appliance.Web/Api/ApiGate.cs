using Appliance.Data.Accounts;
using Appliance.Data.Rights;
using Appliance.Proxy.Config;
using Appliance.Web.Frame;
using Appliance.Web.SignIn;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Net.Http.Headers;

namespace Appliance.Web.Api;

/// <summary>
/// Everything below <c>/api</c>. A request shows its token in <c>Authorization: Bearer</c> (RFC 6750, 2.1), and nowhere else: cookies and
/// addresses are not looked at, so that no page of a stranger can send one. What the gate lets in is answered here, without the pages'
/// way through sign-in and forms.
/// </summary>
internal sealed class ApiGate(ApiTokenStore tokens, EndpointDataSource endpoints)
{
    private const string Scheme = "Bearer ";

    /// <summary>The path of everything here.</summary>
    public static PathString Path { get; } = new("/api");

    /// <summary>Answers requests of the API; lets all others through.</summary>
    public Task GuardAsync(HttpContext context, RequestDelegate next) =>
        context.Request.Path.StartsWithSegments(Path) ? SecurityHeaders.AddAsync(context, AnswerAsync) : next(context);

    /// <summary>Refuses a request that came in clear where https is demanded: a redirect would hide that the token was shown.</summary>
    public static Task RefusePlainAsync(HttpContext context) =>
        new ApiProblem(
            StatusCodes.Status403Forbidden,
            "https_required",
            "The API answers by https only, and this request came in clear. A token that was in it may have been read on the way: "
                + "revoke it."
        ).WriteAsync(context);

    private async Task AnswerAsync(HttpContext context)
    {
        // 1. Who. A path that does not exist says so only to those who may ask.
        if (TokenOf(context.Request.Headers.Authorization) is not { } text)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"Appliance\"";
            await new ApiProblem(
                StatusCodes.Status401Unauthorized,
                "token_required",
                "Send an API token as \"Authorization: Bearer\", and nowhere else. \"appliance token create\" makes one."
            ).WriteAsync(context);
            return;
        }

        if (await tokens.UseAsync(text, BrowserAddress.Of(context), context.RequestAborted) is not { } actor)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"Appliance\", error=\"invalid_token\"";
            await new ApiProblem(
                StatusCodes.Status401Unauthorized,
                "invalid_token",
                "There is no such token, or it was revoked, or it has expired, or its owner is disabled."
            ).WriteAsync(context);
            return;
        }

        // 2. What for.
        context.Features.Set(new ApiCaller(actor));
        if (context.GetEndpoint() is not { RequestDelegate: { } answer } endpoint || endpoint.Metadata.GetMetadata<ApiMark>() is null)
        {
            await NothingAsync(context);
            return;
        }

        // 3. Nobody sends a long document who may not change anything.
        if (actor.Grant.Includes(Role.Operator) && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = ConfigDocument.MaxBytes;
        await answer(context);
    }

    // Null: no token, or more than one of them.
    private static string? TokenOf(Microsoft.Extensions.Primitives.StringValues header) =>
        header is [{ } value] && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? value[Scheme.Length..].Trim(' ') : null;

    // 405 with what is possible, or 404. The framework would give the request to the page that says that there is no such page.
    private Task NothingAsync(HttpContext context)
    {
        var allowed = endpoints
            .Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<ApiMark>() is not null && Fits(endpoint, context.Request.Path))
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [])
            .Distinct()
            .ToList();
        if (allowed.Count == 0)
            return new ApiProblem(StatusCodes.Status404NotFound, "not_found", $"There is nothing at {context.Request.Path}.").WriteAsync(
                context
            );
        context.Response.Headers[HeaderNames.Allow] = string.Join(", ", allowed);
        return new ApiProblem(
            StatusCodes.Status405MethodNotAllowed,
            "method_not_allowed",
            $"{context.Request.Method} is not possible here; {string.Join(" and ", allowed)} are."
        ).WriteAsync(context);
    }

    private static bool Fits(RouteEndpoint endpoint, PathString path) =>
        new TemplateMatcher(TemplateParser.Parse(endpoint.RoutePattern.RawText?.TrimStart('/') ?? ""), []).TryMatch(path, []);
}

/// <summary>Marks what the gate answers.</summary>
internal sealed class ApiMark;
